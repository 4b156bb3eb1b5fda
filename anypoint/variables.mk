# Which names may stand on make's command line? Make itself takes any, so that a misspelt one would be ignored, and `make remove` do
# more than was asked. Both Makefiles include this; before it they may list VARIABLES of their own.

VARIABLES += ALL API CONFIG DRY_RUN ENV GROUP_ID JSON ORG ROLLOUT TIMEOUT VERSION \
	ANYPOINT_BEARER ANYPOINT_CLI ANYPOINT_CLIENT_ID ANYPOINT_CLIENT_SECRET ANYPOINT_ENV ANYPOINT_HOST ANYPOINT_ORG \
	ANYPOINT_PASSWORD ANYPOINT_USERNAME HTTPS_PROXY NODE_EXTRA_CA_CERTS NO_PROXY CI NO_COLOR SHELL

GIVEN := $(strip $(foreach name,$(.VARIABLES),$(if $(filter command,$(firstword $(origin $(name)))),$(name))))
# MAKEFLAGS in the environment names variables as if they stood on the command line. What make was not started with was not asked for here.
ifeq ($(MAKELEVEL),0)
STARTED := $(if $(GIVEN),$(shell ps -ww -o args= -p $$PPID 2>/dev/null))
ifneq ($(STARTED),)
GIVEN := $(strip $(foreach name,$(GIVEN),$(if $(findstring  $(name)=,$(STARTED))$(findstring  $(name):,$(STARTED)),$(name))))
endif
endif
UNKNOWN := $(firstword $(filter-out $(VARIABLES),$(GIVEN)))
ifneq ($(UNKNOWN),)
NEAREST := $(shell node $(dir $(lastword $(MAKEFILE_LIST)))nearest-name.mjs '$(UNKNOWN)' $(VARIABLES))
$(error $(UNKNOWN): is no variable of this Makefile$(if $(NEAREST),; did you mean $(NEAREST)=...?,; make help lists them.) Nothing was done)
endif

# What a target does not take would be ignored too, and `make bundle DRY_RUN=1` make one.
TOOL_GOALS := setup publish release apply automate diff status upgrade remove
$(foreach name,ALL API CONFIG DRY_RUN ENV GROUP_ID JSON ORG ROLLOUT TIMEOUT VERSION,$(eval GOALS_OF_$(name) := $(TOOL_GOALS)))
GOALS_OF_SIGN_KEY := bundle
GOALS_OF_SIGNER := verify
UNTAKEN := $(firstword $(foreach name,$(GIVEN),$(if $(GOALS_OF_$(name)),$(if $(filter $(GOALS_OF_$(name)),$(MAKECMDGOALS)),,$(name)))))
ifneq ($(UNTAKEN),)
$(error $(UNTAKEN): `make $(or $(MAKECMDGOALS),help)` does not take it; it is for $(GOALS_OF_$(UNTAKEN)). Nothing was done)
endif

# For the publishing tool: what was asked for here, and what only happens to be in the environment?
export MAKE_GIVEN := $(GIVEN)
