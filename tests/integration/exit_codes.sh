#!/bin/sh
# The table of exit codes (cli.md 1.4), row by row, and which counts when several would.
# shellcheck disable=SC2016 # commands are quoted for a shell inside
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/flags.sh"
test_file good 'run = "true"'
test_file bad 'run = "false"'
test_file noprog 'run = "no-such-program"'
test_file noimage 'image = "not/here"
run = "true"'
test_file skipped 'skip = true
run = "false"'
printf '[meta\n' >broken.clnrm.toml
printf '[meta]\nname = "t"\n[[scenario]]\nname = "s"\nrun = "true"\nimge = "x"\n' >typo.clnrm.toml
mkdir empty unreadable.clnrm.toml
printf '[cli]\njbos = 1\n' >bad_project.toml
printf '#!/bin/sh\nexit 3\n' >dying
chmod +x dying

# code | what is run | why. 4 (data that cannot be parsed) comes with the commands that read data.
while IFS='|' read -r code line why; do
	case $code in '#'* | '') continue ;; esac
	code=$(echo "$code" | tr -d ' ')
	case_of "$(echo "$why" | sed 's/^ *//')"
	got=0
	(eval "$line") >"$out" 2>"$err" </dev/null || got=$?
	[ "$got" = "$code" ] || {
		sed 's/^/  | /' "$out" "$err" | tail -n 20
		fail "'$(echo "$line" | sed 's/^ *//; s/ *$//')' ended with $got, expected $code"
	}
	# What is not 0 says why, on one stream or the other.
	[ "$code" = 0 ] || [ -s "$out" ] || [ -s "$err" ] || fail 'nothing is said'
	passed
done <<'TABLE'
0   | clnrm run good.clnrm.toml                                   | all passed
0   | clnrm run skipped.clnrm.toml                                | skipped by its file
0   | clnrm validate good.clnrm.toml                              | valid
0   | clnrm daemon status                                         | running
0   | clnrm help run                                              | help
0   | clnrm runs list                                             | a listing
1   | clnrm run bad.clnrm.toml                                    | a scenario failed
1   | clnrm run good.clnrm.toml bad.clnrm.toml                    | one of two failed
1   | clnrm validate typo.clnrm.toml                              | invalid where validity is the question
1   | clnrm validate broken.clnrm.toml good.clnrm.toml            | one of two is invalid
1   | clnrm --socket x/s daemon status                            | not running
1   | CLNRM_DAEMON=$PWD/dying clnrm --socket x/s health           | a check failed
2   | clnrm                                                       | no command
2   | clnrm rnu                                                   | unknown command
2   | clnrm run --fial-fast                                       | unknown flag
2   | clnrm run --color blue                                      | unknown value
2   | clnrm run -j 0 good.clnrm.toml                              | value out of range
2   | clnrm runs show                                             | a missing argument
2   | clnrm runs show a b                                         | an argument too many
2   | clnrm run -v -q good.clnrm.toml                             | conflicting flags
2   | CLEANROOM_CLI_JOBS=many clnrm run good.clnrm.toml           | bad value of a setting
2   | clnrm run typo.clnrm.toml                                   | bad test file where a good one is needed
2   | clnrm run broken.clnrm.toml                                 | broken test file
2   | clnrm -c bad_project.toml run good.clnrm.toml               | bad project file
2   | clnrm run empty                                             | no test found
2   | clnrm run -k nothing good.clnrm.toml                        | no test selected
2   | clnrm run good.clnrm.toml::nothing                          | no such scenario
2   | clnrm run noprog.clnrm.toml                                 | verdict error: no such program
2   | clnrm run noimage.clnrm.toml                                | verdict error: no such image
2   | clnrm pull                                                  | a command that is not built
2   | clnrm run --locked good.clnrm.toml                          | a flag that is not built
2   | clnrm ai-predict                                            | a command of the original
3   | clnrm run missing.clnrm.toml                                | a named file does not exist
3   | clnrm validate missing.clnrm.toml                           | the same where validity is the question
3   | clnrm -c missing.toml run good.clnrm.toml                   | a named project file does not exist
3   | clnrm -C missing run                                        | a directory does not exist
3   | clnrm runs show nosuchrun                                   | a run does not exist
3   | clnrm logs nosuchrun                                        | output of a run that does not exist
3   | clnrm logs latest/no/such                                   | output of a step that does not exist
3   | clnrm images inspect no/such                                | an image does not exist
3   | clnrm pool fill no/such                                     | warm sandboxes of an image that does not exist
3   | clnrm images import x no/such                               | nothing is there to import
4   | clnrm images import x good.clnrm.toml                       | what is to be imported is no image
2   | clnrm images rm host                                        | an image that cannot be removed
5   | clnrm runs list >/dev/full                                  | stdout is full
5   | clnrm version -o /dev/full                                  | the file of -o is full
5   | clnrm run -o good.clnrm.toml/x good.clnrm.toml             | the file of -o cannot be made
6   | clnrm --socket x/s --daemon required ps                     | none runs and none may be started
6   | CLNRM_DAEMON=/no/such clnrm --socket x/s ps                 | cannot be started
6   | CLNRM_DAEMON=$PWD/dying clnrm --socket x/s ps               | dies at once
6   | clnrm --socket "/tmp/$(printf %0120d 0)" ps                 | a path that is too long
0   | clnrm try -- true                                           | the command's own: 0
7   | clnrm try -- sh -c 'echo said; exit 7'                      | the command's own
125 | clnrm try --image no/such -- true                           | clnrm's own failure
125 | clnrm try --timeout 100ms -- sleep 9                        | its time was over
126 | clnrm try -- /etc/passwd                                    | not executable
127 | clnrm try -- no-such-program                                | not found
143 | clnrm try -- sh -c 'echo said; kill -TERM $$'               | the command's signal
137 | clnrm try -- sh -c 'echo said; kill -KILL $$'               | the command's signal
# several at once: 6, 5, 3, 2, 4, 1
2   | clnrm run bad.clnrm.toml noprog.clnrm.toml                  | error and failed
2   | clnrm run --keep-going bad.clnrm.toml broken.clnrm.toml     | broken and failed
3   | clnrm run --keep-going bad.clnrm.toml noprog.clnrm.toml missing.clnrm.toml broken.clnrm.toml | missing, broken, error, failed
3   | clnrm run missing.clnrm.toml broken.clnrm.toml              | missing and broken
5   | clnrm run bad.clnrm.toml --report json=/dev/full            | failed, and a report cannot be written
5   | clnrm run --keep-going missing.clnrm.toml bad.clnrm.toml -o /dev/full | missing, and the answer cannot be written
6   | CLNRM_DAEMON=/no/such clnrm --socket x/s run missing.clnrm.toml | no daemon, missing
3   | clnrm validate missing.clnrm.toml typo.clnrm.toml           | missing and invalid
2   | clnrm run --jobs 0 missing.clnrm.toml                       | usage before anything else
TABLE
case_of ''

# All that is bad or missing is told before anything runs, and then nothing does.
expect_exit 3 clnrm run good.clnrm.toml missing.clnrm.toml broken.clnrm.toml typo.clnrm.toml other.clnrm.toml
for text in 'missing.clnrm.toml' 'other.clnrm.toml' 'broken.clnrm.toml:1:' 'typo.clnrm.toml:6:'; do has "$err" "$text"; done
is "$(cat "$out")" ''

# Signals weigh most (the others are in tty_run).
test_file long 'run = "false"' 'run = "sleep 600"'
python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])' clnrm run -j 1 --report json=/dev/full long.clnrm.toml >"$out" 2>"$err" &
pid=$!
runs() { clnrm ps | grep -q long/s2; }
wait_until 20 runs
kill -INT $pid
code=0
wait $pid || code=$?
is $code 130
has "$err" 'error[write]'
