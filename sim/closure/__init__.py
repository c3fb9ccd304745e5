"""Following history: the residuals with which the model reproduces the observed years.

Historical simulations with general-equilibrium models take observations as given and solve for the residuals of
productivity and demand (Dixon and Rimmer 2002). Here residuals are found with which the mean of the reference runs
reproduces observations: output by branch and county and county revenue, year by year; the attractiveness of places,
between two counts of residents. They are solved once per draw (its parameters, outlook and imputation, `baseline`, no
shocks of output) and applied to all seeds and scenarios, so that the simulated past may differ where levers differ
before the last year followed.

`targets`: the observations, `nearness`: how closely they are followed; `measuring`: possible histories under errors of
measurement. `output`, `incomes`: the residuals of a year's output and pay. `law`: the law of motion of residuals.
`solve`: the solution. `shipped`: stored residuals for the draws of the library.
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
