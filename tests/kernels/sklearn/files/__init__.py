"""Tests of files of compiled estimators."""
