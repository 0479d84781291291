# Each target is a command of `python3 -m dev`, which lists them; ARGS are its options.
.DEFAULT_GOAL := --help
verdicts: ARGS = $(CORPUS)
Makefile: ;
%: always
	@python3 -m dev $@ $(ARGS)
always: ;
