"""Tests of what crosses parts, and the runner behind bin/test."""
