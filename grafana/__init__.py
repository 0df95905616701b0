"""Dashboards as code: built in Python, committed as JSON, provisioned by Grafana."""
