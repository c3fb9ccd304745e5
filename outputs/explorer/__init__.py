"""`explorer.html`: one page in which a reader chooses scenarios, indicator, county and year, without a network."""
