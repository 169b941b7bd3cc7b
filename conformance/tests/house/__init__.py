"""The harness about itself: ledger, wording, imports, proof. No server of anyone's is judged here."""
