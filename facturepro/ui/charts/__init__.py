"""Charts, drawn with pyqtgraph, which is imported in a worker after the first paint: never import it at the top here."""
