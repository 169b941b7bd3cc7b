"""What Locust needs of us: users, statistics, shapes. Beside running/workers the only place that imports Locust."""
