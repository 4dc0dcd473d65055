"""Turning an artist's .blend into a template: `maker` has the operators, the others measure and build."""
