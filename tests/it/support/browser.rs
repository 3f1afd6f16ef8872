//! A browser as far as the server can tell one: cookies, forms, where a request comes from.

use poem::{
    Response,
    endpoint::BoxEndpoint,
    http::{Method, StatusCode, header},
    test::{TestClient, TestResponse},
};

/// Speaks HTTP with the routes, without a socket.
pub struct Browser {
    client: TestClient<BoxEndpoint<'static, Response>>,
    cookies: String,
}

/// An answer with its text.
pub struct Answer {
    pub status: StatusCode,
    pub headers: poem::http::HeaderMap,
    pub text: String,
}

impl Answer {
    /// A header's value, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    async fn of(response: TestResponse) -> Self {
        let status = response.0.status();
        let headers = response.0.headers().clone();
        let bytes = response.0.into_body().into_vec().await.unwrap_or_default();
        Self {
            status,
            headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }
}

impl Browser {
    pub fn new(routes: BoxEndpoint<'static, Response>) -> Self {
        Self {
            client: TestClient::new(routes),
            cookies: String::new(),
        }
    }

    pub fn with_cookie(mut self, name: &str, value: &str) -> Self {
        if !self.cookies.is_empty() {
            self.cookies += "; ";
        }
        self.cookies += &format!("{name}={value}");
        self
    }

    /// Sends a request with headers and a body, and does not wait for the answer's end.
    pub async fn start(
        &self,
        method: Method,
        path: &str,
        headers: &[(&'static str, &str)],
        body: String,
    ) -> TestResponse {
        let mut request = self.client.request(method, path);
        if !self.cookies.is_empty() {
            request = request.header(header::COOKIE, self.cookies.as_str());
        }
        if !headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("host"))
        {
            request = request.header(header::HOST, "desk.example");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(body).send().await
    }

    pub async fn request(
        &self,
        method: Method,
        path: &str,
        headers: &[(&'static str, &str)],
        body: String,
    ) -> Answer {
        Answer::of(self.start(method, path, headers, body).await).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path, &[], String::new()).await
    }

    pub async fn get_with(&self, path: &str, headers: &[(&'static str, &str)]) -> Answer {
        self.request(Method::GET, path, headers, String::new())
            .await
    }

    /// Sends a form from one of our own pages.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.post_with(path, form, &[("Sec-Fetch-Site", "same-origin")])
            .await
    }

    /// Sends a form with exactly these headers.
    pub async fn post_with(
        &self,
        path: &str,
        form: &[(&str, &str)],
        headers: &[(&'static str, &str)],
    ) -> Answer {
        let encode = kontor::web::render::encode_component;
        let body: Vec<String> = form
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        let mut headers = headers.to_vec();
        headers.push(("Content-Type", "application/x-www-form-urlencoded"));
        self.request(Method::POST, path, &headers, body.join("&"))
            .await
    }
}
