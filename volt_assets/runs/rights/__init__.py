"""People's rights: taking somebody out of everything that Volt keeps, and handing out what it keeps of them."""
