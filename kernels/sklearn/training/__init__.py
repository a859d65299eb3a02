"""Estimators of scikit-learn whose training runs compiled."""
