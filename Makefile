.PHONY: demo test lint format setup screenshots bench-send bench-relay verdicts dist

demo test lint format setup screenshots bench-send dist:
	@python3 -m dev $@ $(ARGS)

verdicts:
	@python3 -m dev verdicts $(CORPUS)
