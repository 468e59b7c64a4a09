PYTHON = .venv/bin/python

.PHONY: messages
messages:  ## Extract translatable strings into locale/, and list what wants a translation
	$(PYTHON) manage.py messages update
	$(PYTHON) manage.py messages compile
