"""History followed: the residuals with which the model passes through the observed years.

In the practice of general-equilibrium models a historical simulation takes what was observed as given and solves for
the residuals of productivity and demand (Dixon and Rimmer 2002). Here residuals are found with which the mean of the
reference runs makes what was observed: of output by branch and county and of what counties collect, year by year; of
what a place is worth to people, between two counts of residents. They are solved for a draw once (its parameters,
outlook and imputation, `baseline`, no shocks of output) and applied to all seeds and scenarios: where levers differ
before the last year followed, so may the past.

`targets`: what is observed, `nearness`: how closely it is met; `measuring`: with errors of measurement, one possible
history. `output`, `incomes`: the residuals of a year's output and pay. `law`: how residuals go on. `solve`: the whole.
`shipped`: residuals that need not be solved, beside the draws of the library.
"""

from sim.closure.found import Cost, Followed, Misfit
from sim.closure.solve import (
    REFERENCE_SEEDS,
    REFERENCE_WEIGHT,
    UNLIKELY,
    cost,
    damped,
    followed,
    misfit,
    refuse_other_years,
)
from sim.closure.targets import last_followed

__all__ = ["REFERENCE_SEEDS", "REFERENCE_WEIGHT", "UNLIKELY", "Cost", "Followed", "Misfit", "cost", "damped",
           "followed", "last_followed", "misfit", "refuse_other_years"]
