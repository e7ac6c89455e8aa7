"""The pages of the board: records in, HTML out. The same pages are served and written into a folder."""
