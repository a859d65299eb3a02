"""A pytest plugin that puts the compiled estimators in the place of scikit-learn's own."""

from __future__ import annotations

from sklearn import neural_network

from kernels import sklearn as ours

neural_network.MLPClassifier = ours.MLPClassifier
neural_network.MLPRegressor = ours.MLPRegressor
