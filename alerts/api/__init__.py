"""Prometheus' HTTP API (`/api/v1`) over the embedded series and rules: what Grafana, promtool and vmalert ask."""
