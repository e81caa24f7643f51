"""`training_export`: the dataset in the layouts that trainers read."""
