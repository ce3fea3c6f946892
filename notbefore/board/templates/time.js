(function () {
  "use strict";
  var zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone || zone === "UTC" || zone === "Etc/UTC") { return; }
  var utc = new Intl.DateTimeFormat("en-GB", {day: "numeric", timeZone: "UTC"});
  var here = new Intl.DateTimeFormat("en-GB", {day: "numeric"});
  var short = new Intl.DateTimeFormat("en-GB", {hour: "2-digit", minute: "2-digit", timeZoneName: "short"});
  var plain = new Intl.DateTimeFormat("en-GB", {hour: "2-digit", minute: "2-digit"});
  var long = new Intl.DateTimeFormat("en-GB", {weekday: "short", hour: "2-digit", minute: "2-digit", timeZoneName: "short"});
  function local(at) { return (utc.format(at) === here.format(at) ? short : long).format(at); }
  function add(element, text) {
    var own = document.createElement("b");
    own.textContent = "\u00b7 " + text;
    element.append(" ", own);
  }
  document.querySelectorAll(".span").forEach(function (span) {
    var times = span.querySelectorAll("time");
    var opens = new Date(times[0].dateTime);
    var last = local(new Date(times[1].dateTime));
    var first = utc.format(opens) === here.format(opens) ? plain.format(opens) : local(opens);
    times[0].dataset.done = times[1].dataset.done = "";
    add(span, first + "–" + last);
  });
  document.querySelectorAll("time:not([data-done])").forEach(function (element) {
    add(element, local(new Date(element.dateTime)));
  });
  document.querySelectorAll("[data-zone]").forEach(function (element) {
    element.textContent = "Times in UTC, then in your zone, " + zone + ".";
  });
})();
