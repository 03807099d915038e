#!/bin/sh
# One installation, a tenant at each isolation level, one front: the same session of polls
# at four hosts at once, with rows of equal ids in each. Nobody sees anybody.
#
#   make levels        or        examples/polls/all-levels.sh
#
# It needs rowhouse on the PATH, the programs of PostgreSQL, curl and nginx. FRONT=demo does
# without nginx; PORT is where nginx listens. All of it runs in a folder that is gone in the end.
set -eu

levels='row schema database silo'
front=${FRONT:-nginx} port=${PORT:-8088}
dir=$(mktemp -d)
chmod 711 "$dir" # nginx may work as another user

fail() {
	echo "all-levels: $*" >&2
	exit 1
}

cleanup() {
	code=$?
	trap - EXIT INT TERM
	for pid in ${nginx:-} ${demo:-}; do kill -CONT "$pid" && kill -INT "$pid" || :; done 2>/dev/null
	wait
	[ $code -eq 0 ] || cat "$dir"/*.log >&2
	rm -rf "$dir"
	exit $code
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# await COMMAND...: until it succeeds, while the demo lives.
await() {
	tries=0
	until "$@"; do
		kill -0 "$demo" 2>/dev/null || fail 'the demo ended'
		tries=$((tries + 1))
		[ $tries -lt 600 ] || fail "waited in vain for: $*"
		sleep 0.1
	done
}

house() { rowhouse --config "$config" "$@"; }

# install starts an installation: the demo's PostgreSQL and its program, which serves all
# tenants but silos.
install() {
	rowhouse demo --engine postgres --addr 127.0.0.1:0 --json >"$dir/demo.json" 2>"$dir/demo.log" &
	demo=$!
	await test -s "$dir/demo.json"
	config=$(sed -n 's/^  "config": "\(.*\)",$/\1/p' "$dir/demo.json")
	shared=127.0.0.1:$(sed -n 's/^  "url": ".*:\([0-9]*\)\/",$/\1/p' "$dir/demo.json")
	for level in $levels; do
		house --quiet tenant create "$level" --isolation "$level"
	done
}

# proxy puts nginx before it, which leads the silo's host to the silo's own application.
proxy() {
	if [ "$front" = demo ]; then
		address=$shared # it finds the way by itself
		return
	fi
	address=127.0.0.1:$port
	program=$(PATH=$PATH:/usr/sbin:/usr/local/sbin command -v nginx) || fail 'nginx is not installed: FRONT=demo does without'
	house --quiet proxy config --for nginx --upstream "$shared" --listen "$address" --out "$dir/rowhouse.conf"
	{
		echo "daemon off; pid $dir/nginx.pid; error_log stderr; events {} http { access_log off;"
		for temp in client_body proxy fastcgi uwsgi scgi; do echo "${temp}_temp_path $dir/$temp;"; done
		echo "include $dir/rowhouse.conf; }"
	} >"$dir/nginx.conf"
	"$program" -p "$dir" -c "$dir/nginx.conf" 2>"$dir/nginx.log" &
	nginx=$!
}

# ask STATUS LEVEL METHOD PATH TOKEN [BODY]: prints the answer of the level's host.
ask() {
	status=$1 level=$2 method=$3 path=$4 token=$5 body=${6:-}
	answer=$(curl -sS --max-time 60 -w '\n%{http_code}' -X "$method" -H "Host: $level.polls.localhost" -H 'Content-Type: application/json' \
		${token:+-H "Authorization: Token $token"} ${body:+-d "$body"} "http://$address$path") || fail "$level: $method $path: no answer"
	[ "${answer##*
}" = "$status" ] || fail "$level: $method $path: want $status, got $answer"
	echo "${answer%
*}"
}

answers() { curl -sf -o /dev/null -H "Host: $1.polls.localhost" "http://$address/tenant"; }

sign_up() {
	who="{\"username\":\"$2\",\"password\":\"correct horse battery\"}"
	ask 201 "$1" POST /users/ '' "$who" >/dev/null
	ask 200 "$1" POST /login/ '' "$who" | sed 's/.*"token":"\([^"]*\)".*/\1/'
}

number() { sed 's/^{"id":\([0-9]*\),.*/\1/'; }

# session is polls, as its users go.
session() {
	ann=$(sign_up "$1" ann)
	bob=$(sign_up "$1" bob)
	poll=/polls/$(ask 201 "$1" POST /polls/ "$ann" "{\"question\":\"Tea at $1?\"}" | number)/
	choice=$(ask 201 "$1" POST "${poll}choices/" "$ann" '{"choice_text":"Yes"}' | number)
	ask 200 "$1" GET "${poll}choices/" '' | grep -q '"Yes"' || fail "$1: the choice is not listed"
	ask 200 "$1" GET /polls/ '' | grep -q "Tea at $1?" || fail "$1: the poll is not listed"
	ask 201 "$1" POST "${poll}choices/$choice/vote/" "$bob" >/dev/null
	ask 409 "$1" POST "${poll}choices/$choice/vote/" "$bob" >/dev/null
	ask 403 "$1" DELETE "$poll" "$bob" >/dev/null
	house sql --tenant "$1" --write --quiet "INSERT INTO polls (id, question, created_by) SELECT 4711, 'Who asks at $1?', id FROM users WHERE username = 'ann'"
	echo "$ann" >"$dir/$1.token"
}

# apart: at one host nothing is seen of another, whose tokens are worth nothing.
apart() {
	ask 200 "$1" GET /polls/4711/ '' | grep -q "Who asks at $1?" || fail "$1: its own poll 4711 is not shown"
	seen=$(ask 200 "$1" GET /polls/ '')
	for other in $levels; do
		[ "$other" != "$1" ] || continue
		ask 401 "$1" POST /polls/ "$(cat "$dir/$other.token")" '{"question":"Whose?"}' >/dev/null
		case $seen in *"at $other?"*) fail "$1 sees a poll of $other" ;; esac
	done
}

# at_once STEP: the step at each host, all of them together.
at_once() {
	steps=''
	for level in $levels; do
		"$1" "$level" &
		steps="$steps $!"
	done
	for pid in $steps; do wait "$pid" || fail "$1 failed"; done
}

# alone: the silo answers while the application of all others, and so their front, stands still.
alone() {
	[ "$front" != demo ] || return 0
	kill -STOP "$demo"
	ask 200 silo GET /polls/ '' >/dev/null
	kill -CONT "$demo"
}

install
proxy
for level in $levels; do await answers "$level"; done
at_once session
at_once apart
ask 204 silo DELETE /polls/4711/ "$(cat "$dir/silo.token")" >/dev/null
for level in row schema database; do ask 200 "$level" GET /polls/4711/ '' >/dev/null; done
alone
house tenant list
echo 'The same session at four levels; nobody saw anybody.'
