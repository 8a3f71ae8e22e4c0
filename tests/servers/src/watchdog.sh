# Ends a server and removes its folder as soon as standard input is closed, which the system does for a process that
# ends in any way. $1 is the folder. The file `pid` in it names the server, if one runs.
trap '' HUP INT TERM
while read -r _; do :; done

family() {
    echo "$1"
    for child in $(cat "/proc/$1/task/$1/children" 2>/dev/null || pgrep -P "$1"); do family "$child"; done
}

# A server that is just being started writes its pid first and needs its folder after; without the folder it ends by
# itself. So nothing can slip through between the two.
mv "$1" "$1.ending"
for pid in $(cat "$1.ending/pid" 2>/dev/null); do
    kill -STOP "$pid" && kill -KILL $(family "$pid")
done
# The dying may still hold a file open for a moment, and their last write could come after the removal.
for _ in 1 2 3 4 5 6 7 8 9 10; do
    rm -rf "$1.ending" && exit
    sleep 0.2
done
