"""Studies: scenarios x draws x seeds, run together and kept in one folder. They run what is `Runnable`, of any region.

    studies, designs, draws    what a study file says
    request                    what is asked, with every default filled in and every fault found
    batch, engines             carrying it out, in processes or on dask
    runnable                   what a model offers to be run in a study
    store, results             the folder on disk, and its results as one Dataset
    precision                  as many seeds as the wanted standard errors take
"""
