"""Studies: scenarios x draws x seeds, run together and stored in one folder, for any model that is `Runnable`.

    studies, designs, draws    the contents of a study file
    request                    the request, with defaults filled in and all faults reported
    batch, engines             execution, in processes or on dask
    runnable                   the interface of a model for studies
    store, container           the folder on disk, and the file of a block of runs
    results, lazy              its results as one Dataset, read on access
    precision                  as many seeds as the target standard errors require
"""
