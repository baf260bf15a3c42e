"""What the inventory says of a person's home: laid into what they have there, never over it."""
