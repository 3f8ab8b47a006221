"""A request PortOne turns down before anything happens: status, code, words."""

from __future__ import annotations

from typing import Final

BAD_REQUEST: Final = 400
UNAUTHORIZED: Final = 401
NOT_FOUND: Final = 404
BUSINESS: Final = 1
"""Code of a refusal with HTTP 200 (portone.md 1.3, 4.5)."""
FAILED: Final = -1
"""Code beside a 4xx or 5xx (portone.md 4.5: getToken's)."""

NO_PAYMENT: Final = "존재하지 않는 결제정보입니다."
NO_CERTIFICATION: Final = "인증결과가 존재하지 않습니다."
NOTHING_TO_CANCEL: Final = "취소할 결제건이 존재하지 않습니다."
NO_KEYIN: Final = "비인증결제모듈 사용정보를 찾을 수 없습니다."
ALREADY_PAID: Final = "이미 결제가 이루어진 거래건입니다."
WRONG_KEY: Final = "인증에 실패하였습니다. API키와 secret을 확인하세요."
UNAUTHORIZED_WORDS: Final = "Unauthorized"
KEY_MISSING: Final = "imp_key, imp_secret 파라메터가 누락되었습니다."
NO_KEPT_CARD: Final = "등록된 빌링키를 찾을 수 없습니다."
NO_SCHEDULE: Final = "존재하지 않는 예약정보입니다."


class Refusal(Exception):
    """Carries what to answer; never a value of the request."""

    def __init__(self, message: str, *, status: int = 200, code: int = BUSINESS) -> None:
        """Refuse with these words."""
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code


def bad_field(name: str, wrong: str = "형식이 올바르지 않습니다") -> Refusal:
    """Return the 400 for a field, which its text names."""
    return Refusal(f"{name}: {wrong}.", status=BAD_REQUEST, code=FAILED)


def not_found(message: str = NO_PAYMENT) -> Refusal:
    """Return a 404."""
    return Refusal(message, status=NOT_FOUND, code=FAILED)
