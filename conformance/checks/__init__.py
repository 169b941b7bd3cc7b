"""What the RFCs say, as checks: a folder an endpoint or concern. What runs them is in conformance.running."""
