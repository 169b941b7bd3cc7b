"""What a load run leaves behind, for people and machines: load.html, junit.xml and summary.md, made from load.json."""
