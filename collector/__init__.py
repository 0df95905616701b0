"""From outcomes to series: what probes and borrowers report is counted, stored and exported."""
