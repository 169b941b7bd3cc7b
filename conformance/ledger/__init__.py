"""What the RFCs demand: a TOML file a document, and how a check cites a row of one. Nothing here sends anything."""
