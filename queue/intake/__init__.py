"""How an order comes in: checked, its designs and template looked at and kept, its jobs put on the queue."""
