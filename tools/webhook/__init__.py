"""What a webhook needs and no ORM: payload, signature, schedule, and a request that is safe."""
