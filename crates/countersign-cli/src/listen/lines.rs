//! What the receiver prints: one line when it is there, and one for each answer.

use countersign::{Delivery, Environment, Shown, UnixTime};
use data_encoding::BASE64;
use serde::Serialize;

use crate::failure::Failure;
use crate::receiver::{Answered, Fate};
use crate::{flags, output};

/// How to print.
pub(super) struct Lines {
    pub(super) json: bool,
    pub(super) show_body: bool,
}

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum Line<'a> {
    Listening { url: &'a str },
    Delivery(Box<Handled<'a>>),
    Duplicate { endpoint: Option<&'a str>, record: Option<String>, status: u16 },
    Handshake { endpoint: Option<&'a str>, status: u16 },
    Rejected { endpoint: Option<&'a str>, reason: &'static str, record: Option<String>, status: u16 },
}

/// A delivery that the handler ran on.
#[derive(Serialize)]
struct Handled<'a> {
    endpoint: &'a str,
    provider: &'a str,
    event_id: Option<String>,
    event_type: Option<String>,
    key_id: &'a str,
    environment: Option<&'static str>,
    sent_at: Option<u64>,
    bytes: usize,
    record: Option<String>,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body_base64: Option<String>,
}

impl Lines {
    pub(super) fn listening(&self, url: &str) -> Result<(), Failure> {
        self.print(&Line::Listening { url })
    }

    pub(super) fn answered(&self, answered: &Answered<'_>) {
        let endpoint = answered.endpoint.map(|endpoint| endpoint.name());
        let (record, status) = (answered.record.map(|key| key.to_string()), answered.status);
        let printed = match &answered.fate {
            Fate::Handled(delivery) => self.print(&Line::Delivery(Box::new(self.handled(delivery, record, status)))),
            Fate::Repeated => self.print(&Line::Duplicate { endpoint, record, status }),
            Fate::Greeted => self.print(&Line::Handshake { endpoint, status }),
            Fate::Refused(reason) => self.print(&Line::Rejected { endpoint, reason, record, status }),
        };
        // Receiving goes on when nobody reads.
        drop(printed);
    }

    fn handled<'a>(&self, delivery: &'a Delivery, record: Option<String>, status: u16) -> Handled<'a> {
        let text = core::str::from_utf8(delivery.body()).ok();
        Handled {
            endpoint: delivery.endpoint(),
            provider: delivery.provider(),
            event_id: delivery.event_id(),
            event_type: delivery.event_type(),
            key_id: delivery.key_id(),
            environment: delivery.environment().map(Environment::name),
            sent_at: delivery.sent_at().map(UnixTime::as_secs),
            bytes: delivery.body().len(),
            record,
            status,
            body: text.filter(|_| self.show_body),
            body_base64: (self.show_body && text.is_none()).then(|| BASE64.encode(delivery.body())),
        }
    }

    fn print(&self, line: &Line<'_>) -> Result<(), Failure> {
        if self.json { output::json(line) } else { output::line(line.for_people()) }
    }
}

impl Line<'_> {
    fn for_people(&self) -> String {
        if let Self::Listening { url } = self {
            return format!("listening on {url}; Ctrl-C stops");
        }
        let time = UnixTime::now().map(flags::written).unwrap_or_default();
        let on = |endpoint: &Option<&str>| endpoint.unwrap_or("-").to_owned();
        let under = |record: &Option<String>| record.as_ref().map(|key| format!("  {key}")).unwrap_or_default();
        match self {
            Self::Listening { .. } => String::new(),
            Self::Delivery(handled) => {
                let shown = |text: &Option<String>| Shown(text.as_deref().unwrap_or("-")).to_string();
                let Handled { endpoint, status, bytes, key_id, .. } = &**handled;
                let (id, kind) = (shown(&handled.event_id), shown(&handled.event_type));
                let body = handled.body.map(str::to_owned).or_else(|| handled.body_base64.clone());
                let body = body.map(|body| format!("\n{body}")).unwrap_or_default();
                let record = under(&handled.record);
                format!("{time}  {status}  delivery   {endpoint}  {id}  {kind}  {bytes} bytes  {key_id}{record}{body}")
            }
            Self::Duplicate { endpoint, record, status } => {
                format!("{time}  {status}  duplicate  {}{}", on(endpoint), under(record))
            }
            Self::Handshake { endpoint, status } => format!("{time}  {status}  handshake  {}", on(endpoint)),
            Self::Rejected { endpoint, reason, record, status } => {
                format!("{time}  {status}  rejected   {}  {reason}{}", on(endpoint), under(record))
            }
        }
    }
}
