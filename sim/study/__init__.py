"""Studies: scenarios x draws x seeds, run together and kept in one folder. They run what is `Runnable`, of any region.

    studies, designs, draws    what a study file says
    request                    what is asked, with every default filled in and every fault found
    batch, engines             carrying it out, in processes or on dask
    runnable                   what a model offers to be run in a study
    store, container           the folder on disk, and the file of a block of runs
    results, lazy              its results as one Dataset, read when they are looked at
    precision                  as many seeds as the wanted standard errors take
"""
