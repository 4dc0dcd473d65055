"""The order shown on the shirt in a corner of a viewport: `preview` draws, `reader` fetches what is drawn."""
