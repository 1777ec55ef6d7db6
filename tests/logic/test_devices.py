import pytest

from wagtail_leads.logic.devices import device_kind

ENGINE = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("agent", "kind"),
    [
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {ENGINE} Chrome/126.0.0.0 Safari/537.36", "desktop"),
        (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {ENGINE} Version/17.5 Safari/605.1.15", "desktop"),
        (f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {ENGINE} Chrome/126.0.0.0 Safari/537.36", "desktop"),
        ("Mozilla/5.0 (Windows NT 6.1; Tablet PC 2.0; Trident/7.0; rv:11.0) like Gecko", "desktop"),
        (f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) {ENGINE} Mobile/15E148", "phone"),
        (f"Mozilla/5.0 (Linux; Android 10; K) {ENGINE} Chrome/126.0.0.0 Mobile Safari/537.36", "phone"),
        ("Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0", "phone"),
        ("DoCoMo/2.0 P903i(c100;TB;W24H12)", "phone"),
        (f"Mozilla/5.0 (Linux; Android 13; SM-X700) {ENGINE} Chrome/126.0.0.0 Safari/537.36", "tablet"),
        (f"Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) {ENGINE} CriOS/126 Mobile/15E148 Safari/604.1", "tablet"),
        (f"Mozilla/5.0 (Linux; Android 9; KFMAWI) {ENGINE} Silk/126.2.2 like Chrome/126.0.0.0 Safari/537.36", "tablet"),
        (f"Mozilla/5.0 (Web0S; Linux/SmartTV) {ENGINE} Chrome/94.0.4606.128 Safari/537.36 WebAppManager", "other"),
        (f"Mozilla/5.0 (PlayStation; PlayStation 5/6.50) {ENGINE} Version/15.4 Safari/605.1.15", "other"),
        ("curl/8.5.0", "other"),
        ("", "other"),
    ],
)
def test_the_kind_of_device(agent, kind):
    assert device_kind(agent) == kind
