"""What a request costs the generator, and how true its clock is, beside other tools."""
