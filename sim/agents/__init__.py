"""The agents and their decisions: persons, counties, the province, the world outside."""
