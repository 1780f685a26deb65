"""How good is the model? What the audit answers say of it, one module for each figure."""
