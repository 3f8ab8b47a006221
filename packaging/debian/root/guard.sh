# Refuses while pos-app runs: a terminal in the middle of a charge must not find half of another
# version under it. Put before the scripts that need it when the package is built.
running() {
	for exe in /proc/[0-9]*/exe; do
		case $(readlink "$exe" 2>/dev/null) in
		/opt/pos-app/*)
			exe=${exe#/proc/}
			echo "${exe%/exe}"
			;;
		esac
	done
}

refuse_while_running() {
	[ -z "${POS_APP_CHANGE_WHILE_RUNNING:-}" ] || return 0
	found=$(running | tr '\n' ' ')
	[ -n "$found" ] || return 0
	cat >&2 <<-END
		pos-app: 실행 중입니다 (프로세스 $found). 결제 중일 수 있어 아무것도 바꾸지 않았습니다.
		pos-app: 창을 닫고 다시 설치하세요. 닫히지 않으면 POS_APP_CHANGE_WHILE_RUNNING=1을 주고 실행하세요.
		pos-app: it is running (process $found) and may be in the middle of a charge; nothing was changed.
		pos-app: Close its window and try again. If it cannot be closed, set POS_APP_CHANGE_WHILE_RUNNING=1.
	END
	exit 1
}
