"""The pictures of the demo's offers, drawn by code: `draw("ice_cone", "rose")` → WebP, 640 × 480."""
