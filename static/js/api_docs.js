// Show the OpenAPI document. A change that is tried out in a session sends its CSRF token.
const place = document.getElementById("api-docs");
const token = JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"];

SwaggerUIBundle({
  domNode: place,
  url: place.dataset.schema,
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  requestInterceptor: (request) => {
    if (token) request.headers["X-CSRFToken"] = token;
    return request;
  },
});
