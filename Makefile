.PHONY: demo test lint format setup screenshots bench-send bench-relay bench-ingest bench-purge bench-live chaos verdicts dist

demo test lint format setup screenshots bench-send bench-relay bench-ingest bench-purge bench-live chaos dist:
	@python3 -m dev $@ $(ARGS)

verdicts:
	@python3 -m dev verdicts $(CORPUS)
