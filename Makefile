# Human verbs. HOST picks hosts of the inventory, WORKSTATION a workstation, ARGS goes to ansible-playbook.
.DEFAULT_GOAL := help
.PHONY: help up build upgrade down logs shell ssh mosh status credentials clean docker-test backup restore rotate lint test test-full api-dev ui ui-dev types bench screens lock docs venv venv-dev

INVENTORY ?= $(firstword $(wildcard inventory.yml) inventory/localhost.yml)
WORKSTATION ?= hatchpod
HOST ?= all
SSH_HOST ?= localhost
SSH_PORT ?= 2222
AS_ROOT := $(if $(filter 0,$(shell id -u)),,sudo)
# For this machine, a sudo that wants a password asks for it, once. For others: ARGS=--ask-become-pass.
ASK := $(if $(filter inventory/localhost.yml,$(INVENTORY)),$(if $(AS_ROOT),$(shell sudo -n true 2>/dev/null || echo --ask-become-pass)))
export PATH := $(CURDIR)/.venv/bin:$(PATH)
PLAY = ansible-playbook --inventory $(INVENTORY) --limit $(HOST) $(ASK) $(ARGS)
PLAIN = ANSIBLE_STDOUT_CALLBACK=plain $(PLAY)

help: ## show the verbs
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

up: venv ## turn the hosts of inventory.yml, or this machine, into workstations
	@$(PLAY) playbooks/site.yml

build: venv ## build the workstation image, and leave running workstations as they are
	@$(PLAY) playbooks/image.yml

upgrade: venv ## rebuild the image with today's packages and roll it out
	@$(PLAY) playbooks/upgrade.yml

down: ## stop the workstation on this machine; `make up` starts it again
	@$(AS_ROOT) docker stop $(WORKSTATION)

logs: ## follow the logs of the workstation on this machine
	@$(AS_ROOT) docker logs --follow --tail 100 $(WORKSTATION)

shell: ## a login shell in the workstation on this machine, without SSH
	@$(AS_ROOT) docker exec -it --user hatchpod $(WORKSTATION) bash --login

ssh: ## log in by SSH (SSH_HOST, SSH_PORT)
	@ssh -p $(SSH_PORT) hatchpod@$(SSH_HOST)

mosh: ## log in by mosh (SSH_HOST, SSH_PORT)
	@mosh --ssh='ssh -p $(SSH_PORT)' hatchpod@$(SSH_HOST)

status: venv ## image, services and versions of every workstation (JSON=1 for programs)
	@$(PLAIN) playbooks/status.yml $(if $(JSON),--extra-vars status_format=json)

credentials: venv ## print the credentials of WORKSTATION on HOST as NAME=value lines
	@$(PLAIN) playbooks/credentials.yml $(if $(filter-out file,$(origin WORKSTATION)),--extra-vars credentials_workstation=$(WORKSTATION))

clean: venv ## remove the workstations with their volumes; asks first
	@$(PLAY) playbooks/remove.yml --extra-vars workstation_remove_volumes=true

docker-test: ## prove that Docker works inside the workstation on this machine
	@$(AS_ROOT) docker exec --user hatchpod $(WORKSTATION) /usr/lib/hatchpod/docker-test

backup: venv ## back up the home of every workstation
	@$(PLAY) playbooks/backup.yml

restore: venv ## bring the newest backup back (ARGS='-e backup_snapshot=ID' for another)
	@$(PLAY) playbooks/restore.yml

rotate: venv ## make new passwords (ARGS='-e only_workstation=NAME -e rotate_only=SSH_PASSWORD' for one)
	@$(PLAY) playbooks/rotate_secrets.yml

lint: venv-dev ## every linter, as CI runs them
	@tests/lint

test: venv-dev ## unit tests, end-to-end tests and a scenario on bare hosts, on this machine (Debian, root)
	@tests/run

test-full: venv-dev ## all that, and the scenarios that take longer
	@tests/run -m 'full or not full'

api-dev: venv-dev ## run the API and the web UI of this checkout on loopback until Ctrl-C (PORT=8081 for another port)
	@api/dev

ui: venv-dev ## build the web UI of this checkout, unless that is done, and print where it is
	@api/build-ui

ui-dev: venv-dev ## show the web UI beside `make api-dev`, each change at once (HATCHPOD_API=http://127.0.0.1:8081 for another)
	@api/npm run dev

types: venv-dev ## write the web UI's types anew from the API's description
	@api/types

bench: venv-dev ## measure workstations, the API and the web UI on this machine (ARGS='api ui' without workstations)
	@cd tests && PYTHONPATH=../api:../api/src python -m bench $(ARGS)

screens: venv-dev ## take the pictures of docs/ui.md anew, by the tests that go through every view
	@pytest --quiet api/tests/ui/test_access.py
	@PYTHONPATH=tests python docs/screens.py

lock: venv-dev ## write the locks anew after a change of pyproject.toml or the image's pins
	@python requirements/lock.py

docs: venv-dev ## write the variable tables anew from the roles' argument_specs
	@python docs/variables.py

venv:
	@requirements/install controller

venv-dev:
	@requirements/install dev
