# make install, make uninstall. All that is installed is first put into a stage below build/, then copied;
# the list of files and of folders that were made is installed too, and uninstall removes what it names.

DESTDIR  :=
LIBEXEC  := $(PREFIX)/libexec/clnrm
DOC      := $(PREFIX)/share/doc/clnrm
MANIFEST := $(PREFIX)/share/clnrm/installed
STAGE    := $(B)/stage
S        := $(STAGE)$(PREFIX)
fill      = sed -e 's,@LIBEXEC@,$(LIBEXEC),g' -e 's,@DOC@,$(DOC),g'

install: ## put programs, man pages, completions, the self-test and user units below DESTDIR PREFIX
	@$(MAKE) --no-print-directory $(if $(RELEASE)$(STATIC)$(SAN)$(MUTATE),,RELEASE=1) install-built
# The build B as it is.
install-built: stage
	@systemd/put '$(STAGE)' '$(DESTDIR)' '$(MANIFEST)'

uninstall: ## remove exactly what install put there
	@systemd/take '$(DESTDIR)' '$(MANIFEST)'

stage: all $(B)/options-man
	@rm -rf '$(STAGE)'
	@install -d '$(S)/bin' '$(STAGE)$(LIBEXEC)' '$(STAGE)$(DOC)' '$(S)/share/man/man1' '$(S)/share/man/man5' '$(S)/share/man/man8'
	@install -m 755 $(B)/clnrm '$(S)/bin/'
	@install -m 755 $(B)/clnrmd $(B)/clnrm-launcher $(B)/clnrm-init $(B)/clnrm-unpack '$(STAGE)$(LIBEXEC)/'
	@docs/man/generate $(B) '$(S)/share/man'
	@install -d '$(S)/share/bash-completion/completions' '$(S)/share/zsh/site-functions' '$(S)/share/fish/vendor_completions.d'
	@$(B)/clnrm completions bash >'$(S)/share/bash-completion/completions/clnrm'
	@$(B)/clnrm completions zsh >'$(S)/share/zsh/site-functions/_clnrm'
	@$(B)/clnrm completions fish >'$(S)/share/fish/vendor_completions.d/clnrm.fish'
ifeq ($(WITH_SYSTEMD),1)
	@install -d '$(S)/lib/systemd/user'
	@install -m 644 systemd/clnrmd.socket '$(S)/lib/systemd/user/'
	@$(fill) systemd/clnrmd.service.in >'$(S)/lib/systemd/user/clnrmd.service'
endif
	@$(fill) systemd/apparmor.in >'$(STAGE)$(DOC)/apparmor'
	@install -m 644 README.md NEWS.md CONTRIBUTING.md LICENSE '$(STAGE)$(DOC)/'
# What `clnrm self-test` runs is found beside the folder of the program.
	@to=$$(cd '$(S)/share' && pwd)/clnrm && cd share && \
		find self-test -type d -exec install -d "$$to/{}" ';' && \
		find self-test -type f -exec install -m 644 '{}' "$$to/{}" ';'
# As in the sources, so that what documents refer to is where they say.
	@install -d '$(STAGE)$(DOC)/docs'
	@install -m 644 docs/*.md '$(STAGE)$(DOC)/docs/'
	@to=$$(cd '$(STAGE)$(DOC)/docs' && pwd) && cd docs && \
		find examples -type d -exec install -d "$$to/{}" ';' && \
		find examples -type f ! -perm -100 -exec install -m 644 '{}' "$$to/{}" ';' && \
		find examples -type f -perm -100 -exec install -m 755 '{}' "$$to/{}" ';'

.PHONY: install install-built uninstall stage
