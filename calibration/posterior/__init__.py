"""What history tells of the parameters: a posterior as a table of draws (F.5, F.15).

`priors`: what is believed before. `design`: runs from followed history at many values of the parameters. `statistics`:
what these runs are judged by, and how well it is known. `choice`: targets and weights as a file. `screening`: which
parameters are worth learning. `match` and `abc`: history matching, then approximate Bayesian computation on the
emulator. `recovery`: whether known truths are found again. `report`: tables of draws and the page. `calibrate`: the
whole.
"""
