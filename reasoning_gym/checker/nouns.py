"""Singulars of English nouns for counted things, so that 12 apples can equal 12 and can't equal 12 oranges."""

from __future__ import annotations

import re
from collections.abc import Mapping

_MAX_CHARACTERS = 40
_MIN_LETTERS = 3  # of a singular: what is shorter is a name or a function (xs, cos, pis)
_TEXT = re.compile(r"[A-Za-z]++(?:-[A-Za-z]++)?(?:[ \t]++[A-Za-z]++)?", re.ASCII)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _pairs(text: str) -> Mapping[str, str]:
    return {plural: singular for plural, _, singular in (pair.partition(":") for pair in text.split())}


# said of a count, and change nothing about it
_NEUTRAL = _words("different distinct possible total unique separate individual square sq cubic")

_IRREGULAR = _pairs(
    """
    people:person children:child grandchildren:grandchild men:man women:woman teeth:tooth geese:goose mice:mouse
    lice:louse oxen:ox dice:die sheep:sheep fish:fish deer:deer moose:moose bison:bison salmon:salmon trout:trout
    shrimp:shrimp squid:squid cattle:cattle aircraft:aircraft spacecraft:spacecraft species:species series:series
    offspring:offspring policemen:policeman policewomen:policewoman firemen:fireman fishermen:fisherman
    salesmen:salesman workmen:workman snowmen:snowman gentlemen:gentleman mailmen:mailman craftsmen:craftsman
    businessmen:businessman passersby:passerby

    knives:knife wives:wife housewives:housewife lives:life leaves:leaf loaves:loaf shelves:shelf
    bookshelves:bookshelf wolves:wolf calves:calf thieves:thief scarves:scarf hooves:hoof elves:elf shoes:shoe
    horseshoes:horseshoe toes:toe canoes:canoe hoes:hoe oboes:oboe foes:foe pies:pie ties:tie neckties:necktie
    magpies:magpie cookies:cookie movies:movie brownies:brownie selfies:selfie zombies:zombie smoothies:smoothie
    rookies:rookie hoodies:hoodie birdies:birdie veggies:veggie calories:calorie aches:ache headaches:headache
    toothaches:toothache stomachaches:stomachache caches:cache niches:niche avalanches:avalanche mustaches:mustache
    quiches:quiche axes:axis quizzes:quiz buses:bus gases:gas atlases:atlas aliases:alias canvases:canvas
    lenses:lens viruses:virus bonuses:bonus campuses:campus circuses:circus walruses:walrus choruses:chorus
    cactuses:cactus octopuses:octopus hippopotamuses:hippopotamus abacuses:abacus minibuses:minibus crocuses:crocus
    surpluses:surplus irises:iris trellises:trellis analyses:analysis crises:crisis hypotheses:hypothesis
    parentheses:parenthesis oases:oasis diagnoses:diagnosis

    vertices:vertex indices:index matrices:matrix criteria:criterion phenomena:phenomenon foci:focus
    radii:radius nuclei:nucleus cacti:cactus octopi:octopus fungi:fungus alumni:alumnus larvae:larva
    formulae:formula antennae:antenna bacteria:bacterium polyhedra:polyhedron loci:locus stimuli:stimulus

    menus:menu gurus:guru emus:emu gnus:gnu skis:ski taxis:taxi kiwis:kiwi bikinis:bikini zucchinis:zucchini
    alibis:alibi safaris:safari haikus:haiku ads:ad tvs:tv cds:cd dvds:dvd pcs:pc pts:point
    """
)

# singulars that follow the number one, and the word per
_SINGULAR = _words(
    """
    person child man woman adult boy girl student teacher worker player friend guest member customer passenger
    apple orange banana pear peach lemon mango grape berry cherry strawberry egg cookie cake cupcake pie pizza slice
    piece candy chocolate sandwich potato tomato carrot meal snack bottle jar box bag basket bucket carton case
    crate pack packet package bundle row column page book notebook pencil pen marker crayon eraser card ticket coin
    stamp sticker marble ball balloon toy doll game puzzle cat dog bird fish horse cow pig chicken duck sheep goat
    rabbit animal tree flower plant rose seed leaf car bus truck bike bicycle boat train plane seat chair table room
    house floor door window building class team group pair set way point unit item object thing digit letter
    word solution term step turn move trip lap game goal vote job task
    side edge vertex face corner angle triangle circle rectangle polygon line segment diagonal
    shirt shoe sock hat dress jacket glove button bead ring brick block tile stick string rope board battery
    """
)

# not nouns, or words that change the number before them
_NO_NOUNS = _words(
    """
    does goes says equals fails exceeds differs means seems looks appears contradicts satisfies violates lies misses
    lacks needs wants makes gives gets takes becomes remains contains includes implies depends happens exists matters
    requires denies agrees disagrees proves disproves refutes rejects thinks knows believes doubts supposes denotes
    represents divides multiplies subtracts adds keeps lets follows results yields holds simplifies reduces
    evaluates computes approximates rounds converges diverges doubles triples

    always perhaps sometimes nowadays besides whereas towards afterwards backwards forwards upwards downwards
    hers ours yours theirs ones others elses times isnts nots oops alas thanks
    wrongs falses trues negatives positives opposites inverses reciprocals minuses pluses maybes unknowns infinities
    errors mistakes guesses nopes sins sines cosines tans

    halves thirds quarters fourths fifths sixths sevenths eighths ninths tenths elevenths twelfths twentieths
    hundredths thousandths millionths twos threes fours fives sixes sevens eights nines tens elevens twelves twenties
    thirties forties fifties sixties seventies eighties nineties dozens hundreds thousands millions billions
    trillions billionths trillionths percents percentages factorials roots logarithms
    """
)

_DROP_ES = ("ches", "shes", "sses", "xes", "zzes", "oes")


def count_noun(text: str) -> str | None:
    """The singular of a plausible noun for counted things, in lower case; None if the text isn't one.

    A noun is plural, or in a short list of singulars; one neutral word may stand before it. Words of units are
    nouns here as well: ask for a unit first.

    >>> count_noun("apples"), count_noun("People"), count_noun("square units"), count_noun("different ways")
    ('apple', 'person', 'unit', 'way')
    >>> count_noun("is"), count_noun("minus"), count_noun("thirds"), count_noun("wrong"), count_noun("wrong apples")
    (None, None, None, None, None)
    """
    if len(text) > _MAX_CHARACTERS or not _TEXT.fullmatch(text):
        return None
    *before, noun = text.lower().split()
    if any(word not in _NEUTRAL for word in before) or noun in _NO_NOUNS:
        return None
    return noun if noun in _SINGULAR else _singular(noun)


def _singular(noun: str) -> str | None:
    """The singular of a plural; a word with a hyphen by its last part, by the rules of English spelling."""
    head, hyphen, last = noun.rpartition("-")
    if last in _IRREGULAR:
        return head + hyphen + _IRREGULAR[last]
    if last in _NO_NOUNS or not last.endswith("s") or last.endswith(("ss", "us", "is")):
        return None
    if last.endswith("ies"):
        single = last[:-3] + "y"
    elif last.endswith(_DROP_ES):
        single = last[:-2]
    else:
        single = last[:-1]
    return head + hyphen + single if len(single) >= _MIN_LETTERS else None
