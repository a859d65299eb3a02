"""Files of compiled estimators: plain data, which nothing needs to unpickle."""
