// Which attribute names run script? Names of the DOM's events, without "on": https://html.spec.whatwg.org/#event-handlers
// and those of older browsers.

export const EVENTS = new Set(
  `abort activate afterprint afterscriptexecute afterupdate animationcancel animationend animationiteration animationstart
  auxclick beforeactivate beforecopy beforecut beforedeactivate beforeeditfocus beforeinput beforematch beforepaste
  beforeprint beforescriptexecute beforetoggle beforeunload beforeupdate begin blur bounce cancel canplay canplaythrough
  cellchange change click close contentvisibilityautostatechange contextmenu controlselect copy cuechange cut
  dataavailable datasetchanged datasetcomplete dblclick deactivate drag dragdrop dragend dragenter dragexit dragleave
  dragover dragstart drop durationchange emptied end ended error errorupdate filterchange finish focus focusin focusout
  formchange formdata forminput fullscreenchange fullscreenerror gotpointercapture hashchange help input invalid keydown
  keypress keyup languagechange layoutcomplete load loadeddata loadedmetadata loadend loadstart location losecapture
  lostpointercapture mediacomplete mediaerror message messageerror mousedown mouseenter mouseleave mousemove mouseout
  mouseover mouseup mousewheel move moveend movestart offline online outofsync pagehide pageshow pagereveal pageswap paste
  pause play playing pointercancel pointerdown pointerenter pointerleave pointermove pointerout pointerover
  pointerrawupdate pointerup popstate progress propertychange ratechange readystatechange redo rejectionhandled repeat
  reset resize resizeend resizestart resume reverse rowenter rowexit rowdelete rowinserted scroll scrollend
  scrollsnapchange scrollsnapchanging search securitypolicyviolation seek seeked seeking select selectionchange
  selectstart show slotchange stalled start stop storage submit suspend syncrestored timeerror timeupdate toggle
  touchcancel touchend touchmove touchstart trackchange transitioncancel transitionend transitionrun transitionstart undo
  unhandledrejection unload urlflip volumechange waiting webkitanimationend webkitanimationiteration
  webkitanimationstart webkitmouseforcechanged webkitmouseforcedown webkitmouseforceup webkitmouseforcewillbegin
  webkitplaybacktargetavailabilitychanged webkittransitionend webkitwillrevealbottom wheel zoom`
    .trim()
    .split(/\s+/),
);

/** Attributes that browsers follow or load. */
export const URL_ATTRIBUTES = new Set(
  "href src action formaction xlink:href data poster background dynsrc lowsrc code codebase srcdoc values from to by content cite longdesc profile usemap srcset ping manifest archive".split(
    " ",
  ),
);
