"""Problems told in words: the quantities are in the sentences, and arithmetic answers them."""
